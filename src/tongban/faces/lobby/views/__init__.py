"""Pages of the lobby: the clerk's window and the reception, appointments, the calling screen, the kiosk."""
