from django.urls import path

from customers import views

app_name = "customers"
urlpatterns = [
    path("", views.listing, name="list"),
    path("new/", views.new, name="new"),
    path("namesakes/", views.namesakes, name="namesakes"),
    path("suggest/", views.suggest, name="suggest"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/namesakes/", views.namesakes, name="namesakes"),
    path("<int:pk>/link/", views.link, name="link"),
    path("<int:pk>/beside/", views.beside, name="beside"),
    path("<int:pk>/deactivate/", views.deactivate, name="deactivate"),
    path("<int:pk>/reactivate/", views.reactivate, name="reactivate"),
]
