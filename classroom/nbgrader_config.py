"""Settings of nbgrader for these assignments; the folder of this file is the course."""

from pathlib import Path

c = get_config()  # noqa: F821 - there when nbgrader reads this file

c.CourseDirectory.root = str(Path(__file__).resolve().parent)
c.CourseDirectory.course_id = "tilt_corrected_bright_field"

STUB = """# Your code here, in place of the next line
raise NotImplementedError("still to be written")"""
c.ClearSolutions.code_stub = {"python": STUB}
c.ClearSolutions.text_stub = "*Your answer here.*"

# A notebook takes some seconds; what runs for a minute does not end. Figures to look at are not kept for grading
c.Execute.timeout = 60
c.Execute.store_widget_state = False

# nbgrader takes what a test writes to stderr for a failure. A warning of numpy is none
c.IgnorePattern.enabled = True
c.IgnorePattern.pattern = "."
