"""What runs the background tasks: the worker's threads, what it looks for, and the two engines.

Rows are the truth about work. `looking` finds what is due and rings a task for it; `lanes` process
the queues of django-tasks-db, `celery_backend` and `celery_worker` those of Celery; `supervisor` is
the main thread of `manage.py worker`. The modules of Celery are imported only when it is chosen.
This package imports nothing: a process of Celery begins in it before Django is set up.
"""
