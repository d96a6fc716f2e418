"""The addresses, one line each; their names are what templates and views use."""

from django.contrib import admin
from django.urls import include, path

from dashboard.views import (
    account,
    assets,
    comments,
    compare,
    credits,
    files,
    gallery,
    guest,
    health,
    improving,
    me,
    new_task,
    notices,
    pair,
    projects,
    references,
    remote,
    setup,
    shares,
    sheets,
    tasks,
    trash,
    uploads,
    view_pictures,
)

handler400 = "dashboard.views.errors.bad_request"
handler403 = "dashboard.views.errors.forbidden"
handler404 = "dashboard.views.errors.not_found"
handler500 = "dashboard.views.errors.server_error"

account_urls = [
    path("login/", account.SignIn.as_view(), name="login"),
    path("logout/", account.SignOut.as_view(), name="logout"),
    path("password/", account.PasswordChange.as_view(), name="password_change"),
    path("password/done/", account.password_change_done, name="password_change_done"),
    path("password/reset/", account.PasswordReset.as_view(), name="password_reset"),
    path("password/reset/sent/", account.PasswordResetDone.as_view(), name="password_reset_done"),
    path("password/reset/<uidb64>/<token>/", account.PasswordResetConfirm.as_view(), name="password_reset_confirm"),
    path("password/reset/complete/", account.PasswordResetComplete.as_view(), name="password_reset_complete"),
]
project_urls = [
    path("", gallery.gallery, name="project"),
    path("upload/", uploads.upload, name="upload"),
    path("settings/", projects.settings, name="project-settings"),
    path("settings/members/", projects.add_member, name="member-add"),
    path("settings/members/<int:pk>/", projects.change_member, name="member-change"),
    path("settings/members/<int:pk>/remove/", projects.remove_member, name="member-remove"),
    path("shares/", shares.shares, name="shares"),
    path("shares/new/", shares.new, name="share-new"),
    path("shares/<int:pk>/", shares.share, name="share"),
    path("shares/<int:pk>/revoke/", shares.revoke, name="share-revoke"),
    path("shares/<int:pk>/preview/", shares.preview, name="share-preview"),
    path("delete/", projects.delete, name="project-delete"),
    path("restore/", projects.restore, name="project-restore"),
    path("trash/", trash.project_trash, name="project-trash"),
    path("tasks/", tasks.of_project, name="project-tasks"),
    path("new/<str:key>/", new_task.new, name="task-new"),
    path("price/<str:key>/", new_task.price, name="task-price"),
    path("improve/", improving.improve, name="prompt-improve"),
    path("compare/", compare.compare, name="compare"),
    path("compare/keep/", compare.keep, name="compare-keep"),
    path("compare/discard/", compare.discard, name="compare-discard"),
    path("sheet.png", sheets.contact_sheet, name="contact-sheet"),
    path("a/<int:pk>/", assets.detail, name="asset"),
    path("a/<int:pk>/preview/", assets.remake_preview, name="asset-preview"),
    path("a/<int:pk>/picture/", view_pictures.take, name="asset-picture"),
    path("a/<int:pk>/rename/", gallery.rename, name="asset-rename"),
    path("a/<int:pk>/delete/", gallery.delete, name="asset-delete"),
    path("a/<int:pk>/restore/", gallery.restore, name="asset-restore"),
    path("a/<int:pk>/comments/", comments.thread, name="comments"),
    path("a/<int:pk>/comments/<int:number>/edit/", comments.edit, name="comment-edit"),
    path("a/<int:pk>/comments/<int:number>/resolve/", comments.resolve, name="comment-resolve"),
    path("a/<int:pk>/comments/<int:number>/delete/", comments.delete, name="comment-delete"),
    path("a/<int:pk>/comments/<int:number>/restore/", comments.restore, name="comment-restore"),
]
task_urls = [
    path("", tasks.mine, name="tasks"),
    path("<int:pk>/", tasks.detail, name="task"),
    path("<int:pk>/improved/", improving.improved, name="prompt-improved"),
    path("<int:pk>/again/", new_task.again, name="task-again"),
    path("<int:pk>/pair/", pair.pair, name="task-pair"),
    path("<int:pk>/cancel/", tasks.cancel, name="task-cancel"),
    path("<int:pk>/recheck/", tasks.recheck, name="task-recheck"),
    path("<int:pk>/send-again/", tasks.send_again, name="task-send-again"),
    path("<int:pk>/adopt/", tasks.adopt, name="task-adopt"),
    path("<int:pk>/delete-at-vendor/", remote.delete, name="task-delete-at-vendor"),
]
vendor_urls = [
    path("tasks/", remote.account_tasks, name="remote-tasks"),
    path("open/", remote.open_task, name="remote-open"),
    path("import/", remote.import_task, name="remote-import"),
]
file_urls = [
    path("<int:pk>/poster/<str:sha256>.webp", files.poster, name="poster"),
    path("<int:pk>/light/<str:sha256>.glb", files.light, name="light"),
    path("<int:pk>/map/<str:sha256>/<int:material>/<slug:channel>", files.surface_map, name="file-map"),
    path("<int:pk>/<str:sha256>/<path:name>", files.original, name="file"),
]
guest_urls = [
    path("", guest.front, name="guest"),
    path("a/<int:pk>/", guest.asset, name="guest-asset"),
    path("compare/", guest.compare, name="guest-compare"),
    path("f/<int:pk>/poster/<str:sha256>.webp", guest.poster, name="guest-poster"),
    path("f/<int:pk>/light/<str:sha256>.glb", guest.light, name="guest-light"),
    path("f/<int:pk>/<str:sha256>/<path:name>", guest.file, name="guest-file"),
]
urlpatterns = [
    path("", projects.home, name="home"),
    path("setup/<str:token>/", setup.setup, name="setup"),
    path("account/", include(account_urls)),
    path("p/new/", projects.new, name="project-new"),
    path("p/<slug:slug>/", include(project_urls)),
    path("tasks/", include(task_urls)),
    path("vendors/<slug:vendor>/", include(vendor_urls)),
    path("credits/", credits.credit_report, name="credits"),
    path("trash/", trash.trash, name="trash"),
    path("me/", me.preferences, name="preferences"),
    path("reference/", references.references, name="references"),
    path("reference/<str:key>/", references.reference, name="reference"),
    path("f/", include(file_urls)),
    path("s/<str:token>/", include(guest_urls)),
    path("notices/", notices.vendor_notices, name="vendor-notices"),
    path("healthz", health.healthz, name="healthz"),
    path("robots.txt", guest.robots, name="robots"),
    path("admin/", admin.site.urls),
]
