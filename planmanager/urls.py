from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path
from django.views.generic import RedirectView

from planmanager import health, help, metrics, style
from repairers import inbox, preferences, provider, second_factor
from repairers.language import choose_language
from repairers.login import LoginPage, PasswordView

handler400 = "planmanager.api.problems.bad_request"
handler404 = "planmanager.api.problems.not_found"
handler500 = "planmanager.api.problems.server_error"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="dossiers:list"), name="home"),
    path("login/", LoginPage.as_view(), name="login"),
    path("oidc/begin/", provider.begin, name="oidc_authentication_init"),
    path("oidc/callback/", provider.callback, name="oidc_authentication_callback"),
    path("second-factor/", second_factor.page, name="second-factor"),
    path("password/", PasswordView.as_view(), name="password"),
    path("preferences/", preferences.page, name="preferences"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("language/", choose_language, name="language"),
    path("aide/", help.page, name="help"),
    path("aide/<slug:slug>/", help.page, name="help-page"),
    path("communication/", inbox.page, name="communication"),
    path("communication/read/", inbox.read, name="communication-read"),
    path("communication/<int:pk>/", inbox.follow, name="communication-follow"),
    path("communication/badges/", inbox.badges, name="badges"),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.page, name="metrics"),
    path("api/v1/", include("planmanager.api.urls")),
    path("claims360/", include("claims360_link.urls")),
    path("winformex/", include("dossiers.winformex.urls")),
    path("", include("dossiers.urls")),
]
if settings.DEBUG:
    urlpatterns.append(path("style/", style.page, name="style"))
