"""What Celery is told: late acknowledgement, JSON only, and how long a broker may not answer.

Celery's defaults wait for ever for a Redis or a RabbitMQ that hangs while a connection is open, and
end a process whose channel RabbitMQ closes, as it does when a task takes longer than its
`consumer_timeout`.
"""

from typing import Any, Final

# A page waits at most this long, and once more if the connection that it had was closed meanwhile.
SEND_SECONDS: Final = 1.0
CONSUME_SECONDS: Final = 30.0
# RabbitMQ ends the connection of a worker that is silent for about twice as long, and delivers its
# messages to others: sooner than the leases of a machine that lost its network expire.
HEARTBEAT_SECONDS: Final = 10
AGAIN: Final = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}


def options(url: str, *, consumes: bool) -> dict[str, Any]:
    """Return the settings of Celery for a broker, of those who send or of those who consume."""
    seconds = CONSUME_SECONDS if consumes else SEND_SECONDS
    names = ["read_timeout", "write_timeout"]
    if url.startswith("redis"):
        names = ["socket_timeout", "socket_connect_timeout"]
    transport: dict[str, Any] = dict.fromkeys(names, seconds)
    return {
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "worker_prefetch_multiplier": 1,
        "accept_content": ["json"],
        "task_ignore_result": True,
        "broker_heartbeat": HEARTBEAT_SECONDS,
        "broker_connection_timeout": seconds,
        "broker_connection_max_retries": None,
        "broker_connection_retry_on_startup": True,
        "broker_channel_error_retry": True,
        "broker_transport_options": transport if consumes else transport | AGAIN,
        "worker_enable_remote_control": False,
        "worker_hijack_root_logger": False,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
    }
