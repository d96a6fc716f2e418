"""The rows: people, projects, files, tasks and their history. How they work together: docs/how-it-works.md."""

from jobs.models.assets import Asset as Asset
from jobs.models.assets import UploadAttempt as UploadAttempt
from jobs.models.assets import VendorFile as VendorFile
from jobs.models.people import REFUSALS as REFUSALS
from jobs.models.people import RESERVED_SLUGS as RESERVED_SLUGS
from jobs.models.people import ROLES_FOR as ROLES_FOR
from jobs.models.people import Act as Act
from jobs.models.people import Membership as Membership
from jobs.models.people import Project as Project
from jobs.models.people import User as User
from jobs.models.people import make_slug as make_slug
from jobs.models.service import Circuit as Circuit
from jobs.models.service import Lease as Lease
from jobs.models.service import Setup as Setup
from jobs.models.tasks import END_STATES as END_STATES
from jobs.models.tasks import OPEN_STATES as OPEN_STATES
from jobs.models.tasks import TRANSITIONS as TRANSITIONS
from jobs.models.tasks import IllegalMove as IllegalMove
from jobs.models.tasks import State as State
from jobs.models.tasks import Task as Task
from jobs.models.tasks import TaskEvent as TaskEvent
from jobs.models.tasks import TaskInput as TaskInput
from jobs.models.tasks import make_order_id as make_order_id
