from django.urls import path

from qbo.connect import views

urlpatterns = [
    path("", views.connect, name="connect"),
    path("callback/", views.callback, name="connect_callback"),
]
