"""Where something stands in a document, and which operation is meant."""

from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.operation import OperationKey
from specdrift.result.schema.codec import member, record
from specdrift.result.schema.scalars import COUNT, TEXT

LOCATION = record(
    "location",
    "A span of text in a file; lines and columns count from 1, end_column is one past the last character.",
    (
        member("file", TEXT),
        member("line", COUNT),
        member("column", COUNT),
        member("end_line", COUNT),
        member("end_column", COUNT),
        member("pointer", TEXT, about="JSON Pointer of the member inside the file."),
        member("text", TEXT, about="First line of the span."),
    ),
    SourceLocation,
)
OPERATION_KEY = record(
    "operation_key",
    "Method as sent, and path template as written in the document.",
    (member("method", TEXT), member("path", TEXT)),
    OperationKey,
    repeats=lambda key: (key,),
)
