"""The service hall (政务服务大厅): queue numbers, calling screens, appointments, the kiosk. What is taken in is the desk's."""
