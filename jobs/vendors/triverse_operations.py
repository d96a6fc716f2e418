"""Triverse's operations, in the order in which people meet them; each stands in the file of its kind."""

from jobs.vendors import triverse_texturing, triverse_utilities, triverse_words
from jobs.vendors.triverse_utilities import ANGLES as ANGLES

OPERATIONS = (*triverse_texturing.OPERATIONS, *triverse_utilities.OPERATIONS, *triverse_words.OPERATIONS)
