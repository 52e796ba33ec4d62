"""What the fork server of a fleet has ready for its workers: importing this module imports and compiles it.

The functions that the workers run, what those would import later, and the templates of the HTML report.
"""

import specdrift.fleet.history.joining
import specdrift.fleet.work
import specdrift.loader.parse.yaml_reader
import specdrift.reports.ci.sarif.log
import specdrift.reports.html.page  # noqa: F401
from specdrift.reports.html.templates import environment

for _name in environment().list_templates(extensions=["j2"]):
    environment().get_template(_name)
