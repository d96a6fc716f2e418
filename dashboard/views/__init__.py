"""The pages, one file per group. A view reads like a recipe: find (404), check, one call into jobs, answer."""
