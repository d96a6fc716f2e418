"""Django's admin, for tending tasks instead of rows: found by what a person knows, looked at with their history.

`tasks.py` lists and shows them, `deeds.py` is what staff can do with them, `circuits.py` and `health.py` show how
vendors and the background work stand, the others are rows to be read. No state is written here, but in jobs/tending.py.
"""

from django.contrib import admin

from jobs.admin import circuits, files, health, people, queue_rows, service, sharing, talk, tasks

__all__ = ["circuits", "files", "health", "people", "service", "sharing", "talk", "tasks"]

admin.site.site_header = "Patina administration"
admin.site.site_title = "Patina"
admin.site.index_title = "Tend Patina"
admin.site.enable_nav_sidebar = False  # lists of tasks are wide; every page leads to the index
queue_rows.take_over()
