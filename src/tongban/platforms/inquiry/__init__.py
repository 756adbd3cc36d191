"""依申请公开: what anybody may ask an agency for, answered in time, counted once a year (政府信息公开条例)."""
