"""`manage.py worker`: django-q2's cluster under our watch. It ends with a status rather than stand still unseen."""

import logging
import os
import signal
import threading
import time
from datetime import timedelta
from typing import Any

import psutil
from django.db import close_old_connections
from django.utils import timezone

from jobs import files, leases, previews, queue, servers, shared_flags
from jobs.sweep import LEASE, ensure_sweep

logger = logging.getLogger(__name__)

EXIT_CLUSTER_DIED = 70
EXIT_STANDS_STILL = 71
LOOK_EVERY_S = 0.25
ENSURE_EVERY_S = 1.5
ASK_AGAIN_S = 1.0
GUARD_SILENT_AT_MOST_S = 60.0
IDLE_AT_MOST_S = 8.0
WAITING_AT_MOST = timedelta(seconds=8)


class Worker:
    """Runs until a signal, or until something is wrong that only a restart mends."""

    def __init__(self) -> None:
        self.signals = 0
        self.woken = threading.Event()
        self.busy_at = time.monotonic()
        self.cluster: Any = None

    def run(self) -> int:
        """Return the exit status: 0 after a signal, 70 or 71 when the cluster died or stands still."""
        self._listen()
        self._wait_for_servers()
        if self.signals:
            return 0
        files.prune_temporary()
        previews.retry_lacking()
        self.cluster = queue.start_cluster()
        self._listen()  # again: the cluster has set its own
        logger.info("worker ready")
        status = self._watch()
        if status == 0:
            self.cluster.stop()
        return status

    def _listen(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)

    def _wait_for_servers(self) -> None:
        """Return when database and broker answer; say once what is missing."""
        said = ""
        while not self.signals and (problem := servers.find_problem()):
            if problem != said:
                said = problem
                logger.warning("%s The worker waits for it.", problem)
            self.woken.wait(ASK_AGAIN_S)

    def _on_signal(self, number: int, frame: object) -> None:
        self.signals += 1
        if self.signals > 1:
            os._exit(1)  # the kernel ends the children with us
        shared_flags.ask_to_stop()
        self.woken.set()

    def _watch(self) -> int:
        ensured_at = 0.0
        while not self.signals:
            if not self.cluster.sentinel.is_alive():
                logger.critical("the cluster's sentinel died")
                return EXIT_CLUSTER_DIED
            if shared_flags.get_beat_age_s() > GUARD_SILENT_AT_MOST_S:
                logger.critical("the cluster's guard has been silent for %s s", GUARD_SILENT_AT_MOST_S)
                return EXIT_STANDS_STILL
            if time.monotonic() - ensured_at >= ENSURE_EVERY_S:
                ensured_at = time.monotonic()
                if self._look_after_rows():
                    logger.critical("work is waiting and nobody takes it")
                    return EXIT_STANDS_STILL
            self.woken.wait(LOOK_EVERY_S)
        return 0

    def _look_after_rows(self) -> bool:
        """Keep a sweep alive; return True when the cluster stands still."""
        try:
            close_old_connections()
            ensure_sweep()
            return self._stands_still()
        except queue.get_errors() as error:
            logger.warning("database or broker cannot be used just now: %s", error)
            self.busy_at = time.monotonic()
            return False

    def _stands_still(self) -> bool:
        if is_anybody_busy(self.cluster.sentinel.pid):
            self.busy_at = time.monotonic()
        if time.monotonic() - self.busy_at < IDLE_AT_MOST_S:
            return False
        now = timezone.now()
        waiting = queue.count_waiting(older_than=now - WAITING_AT_MOST)  # first: without a broker nothing can be taken
        return waiting > 0 or leases.is_free(LEASE, now=now)


def is_anybody_busy(sentinel_pid: int) -> bool:
    """Return whether a worker process is at a step; django-q2 says so in the process's title."""
    try:
        titles = [" ".join(child.cmdline()) for child in psutil.Process(sentinel_pid).children()]
    except psutil.Error:
        return True  # the next look finds the sentinel dead, or the child gone
    return any(" processing " in title for title in titles)


def run_worker() -> int:
    """Run a worker in this process and return its exit status."""
    return Worker().run()
