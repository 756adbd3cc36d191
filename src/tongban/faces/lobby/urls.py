"""Addresses of the lobby: the workbench's, the public's and the kiosk's."""

from django.urls import URLPattern, path

from tongban.faces.lobby.views import booking, kiosk, reception, screen, window

app_name = "lobby"
urlpatterns: list[URLPattern] = [
    path("desk/lobby/", window.window, name="window"),
    path("desk/lobby/act/", window.act, name="act"),
    path("desk/lobby/reception/", reception.reception, name="reception"),
    path("desk/lobby/tickets/<int:ticket_id>/", reception.ticket, name="ticket"),
    path("desk/lobby/figures/", reception.figures, name="figures"),
    path("lobby/<slug:hall>/screen/", screen.screen, name="screen"),
    path("book/<str:code>/", booking.slots, name="book"),
    path("me/appointments/", booking.mine, name="appointments"),
    path("me/appointments/<uuid:appointment>/", booking.one, name="appointment"),
    path("kiosk/", kiosk.home, name="kiosk"),
    path("kiosk/open/<str:token>/", kiosk.bind, name="kiosk-open"),
    path("kiosk/reset/", kiosk.reset, name="kiosk-reset"),
    path("kiosk/find/", kiosk.find, name="kiosk-find"),
    path("kiosk/guide/<str:code>/", kiosk.guide, name="kiosk-guide"),
    path("kiosk/number/", kiosk.number, name="kiosk-number"),
    path("kiosk/ticket/", kiosk.ticket, name="kiosk-ticket"),
    path("kiosk/progress/", kiosk.progress, name="kiosk-progress"),
]
