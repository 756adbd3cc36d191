"""The annual report (年度报告): tables counted from the register, checked, told, published, taken out."""
