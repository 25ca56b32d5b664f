"""The base of the adapters: a job is a task's name and arguments, without a result; our rows are the record."""

from abc import abstractmethod
from typing import Any

from django.tasks import Task, TaskResult, TaskResultStatus
from django.tasks.backends.base import BaseTaskBackend
from django.tasks.exceptions import InvalidTask
from django.tasks.signals import task_enqueued
from django.utils import timezone
from django.utils.json import normalize_json
from django.utils.module_loading import import_string


class FireAndForgetBackend(BaseTaskBackend):
    """A backend of django.tasks for plain functions: no results, no delays, no priorities."""

    @abstractmethod
    def send(self, path: str, args: list[Any], kwargs: dict[str, Any]) -> str:
        """Enqueue a call of the task at this dotted path. Returns the queue's id of the job."""

    def enqueue[**P, R](self, task: "Task[P, R]", args: Any, kwargs: Any) -> "TaskResult[P, R]":
        self.validate_task(task)
        if task.takes_context:
            raise InvalidTask("This queue gives tasks no context.")
        args, kwargs = normalize_json(list(args)), normalize_json(dict(kwargs))
        result: TaskResult[P, R] = TaskResult(
            task=task, id=self.send(task.module_path, args, kwargs), status=TaskResultStatus.READY,
            enqueued_at=timezone.now(), started_at=None, last_attempted_at=None, finished_at=None,
            args=args, kwargs=kwargs, backend=self.alias, errors=[], worker_ids=[],
        )  # fmt: skip
        task_enqueued.send(type(self), task_result=result)
        return result


def perform(path: str, args: list[Any], kwargs: dict[str, Any]) -> None:
    """Run a job from the queue. Raises InvalidTask if its path is not a task."""
    task = import_string(path)
    if not isinstance(task, Task):
        raise InvalidTask(f"{path} is not a task.")
    task.call(*args, **kwargs)
