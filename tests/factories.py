"""One factory per row: the least valid one. A test states only what matters to it."""

import hashlib

import factory
from factory.django import DjangoModelFactory

from jobs.models import (
    Asset,
    Membership,
    Project,
    State,
    Task,
    TaskEvent,
    TaskInput,
    UploadAttempt,
    User,
    VendorFile,
)

AT_VENDOR = {State.WAITING, State.RUNNING, State.SAVING, State.SUCCEEDED, State.EXPIRED}
PASSWORD = "a-long-enough-passphrase"


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"person{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.com")
    password = factory.django.Password(PASSWORD)


class ProjectFactory(DjangoModelFactory[Project]):
    class Meta:
        model = Project

    name = factory.Sequence(lambda n: f"Project {n}")
    slug = factory.Sequence(lambda n: f"project-{n}")


class MembershipFactory(DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    project = factory.SubFactory(ProjectFactory)
    user = factory.SubFactory(UserFactory)
    role = Membership.Role.EDITOR


class AssetFactory(DjangoModelFactory[Asset]):
    """A row without bytes: its hash belongs to no stored file."""

    class Meta:
        model = Asset

    project = factory.SubFactory(ProjectFactory)
    name = factory.Sequence(lambda n: f"robot {n}")
    kind = Asset.Kind.MODEL
    format = "glb"
    extension = "glb"
    sha256 = factory.Sequence(lambda n: hashlib.sha256(str(n).encode()).hexdigest())
    size_bytes = 1000


class ImageFactory(AssetFactory):
    kind = Asset.Kind.IMAGE
    format = "png"
    extension = "png"
    width_px = 64
    height_px = 64


class TaskFactory(DjangoModelFactory[Task]):
    """A queued remesh; a state in which the vendor knows the task brings a vendor ID with it."""

    class Meta:
        model = Task

    project = factory.SubFactory(ProjectFactory)
    operation = "triverse.model-remesh"
    vendor = factory.LazyAttribute(lambda task: task.operation.partition(".")[0])

    state = State.QUEUED
    order_id = factory.Sequence(lambda n: f"order{n}")
    remote_id = factory.LazyAttribute(lambda task: f"at-{task.order_id}" if task.state in AT_VENDOR else None)


class TaskInputFactory(DjangoModelFactory[TaskInput]):
    class Meta:
        model = TaskInput

    task = factory.SubFactory(TaskFactory)
    asset = factory.SubFactory(AssetFactory)
    field = "model_file"


class TaskEventFactory(DjangoModelFactory[TaskEvent]):
    class Meta:
        model = TaskEvent

    task = factory.SubFactory(TaskFactory)
    kind = TaskEvent.Kind.NOTE
    text = "Something happened."


class VendorFileFactory(DjangoModelFactory[VendorFile]):
    class Meta:
        model = VendorFile

    asset = factory.SubFactory(AssetFactory)
    vendor = "triverse"
    account = "account"
    file_key = factory.Sequence(lambda n: f"tasks/uid/{n}.glb")


class UploadAttemptFactory(DjangoModelFactory[UploadAttempt]):
    class Meta:
        model = UploadAttempt

    account = "account"
