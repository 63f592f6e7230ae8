"""
What expressions may speak about, with types: facts types and targets as CEL message types.

CEL checks names and types against protocol buffer descriptors; these are made here from our
dataclasses. They serve only the check at load time. Evaluation runs over plain data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cel_expr_python import cel
from google.protobuf import descriptor_pb2, descriptor_pool, wrappers_pb2

from readiness_audit.model.check import Parameter
from readiness_audit.model.facts import Kind, Shape, shapes

_PACKAGE = "readiness_audit"
_FIELD = descriptor_pb2.FieldDescriptorProto
_SCALARS = {
    Kind.TEXT: (_FIELD.TYPE_STRING, "StringValue"),
    Kind.WHOLE: (_FIELD.TYPE_INT64, "Int64Value"),
    Kind.NUMBER: (_FIELD.TYPE_DOUBLE, "DoubleValue"),
    Kind.FLAG: (_FIELD.TYPE_BOOL, "BoolValue"),
}
_T = cel.Type


class Types:
    """The message types of a set of dataclasses."""

    def __init__(self, kinds: Iterable[type]) -> None:
        """Describe `kinds` and everything inside them. Raises `TypeError` on types facts cannot have."""
        self._names: dict[type, str] = {}
        file = descriptor_pb2.FileDescriptorProto(
            name=f"{_PACKAGE}.proto",
            package=_PACKAGE,
            syntax="proto3",
            dependency=["google/protobuf/wrappers.proto"],
        )
        for kind in kinds:
            self._describe(kind, file)
        self.pool = descriptor_pool.DescriptorPool()
        self.pool.AddSerializedFile(wrappers_pb2.DESCRIPTOR.serialized_pb)
        self.pool.AddSerializedFile(file.SerializeToString())

    def of(self, kind: type) -> cel.Type:
        """Give the CEL type of one of the dataclasses."""
        return _T(f"{_PACKAGE}.{self._names[kind]}")

    def _describe(self, kind: type, file: descriptor_pb2.FileDescriptorProto) -> str:
        if kind not in self._names:
            name = self._names[kind] = f"{kind.__name__}_{len(self._names)}"
            message = descriptor_pb2.DescriptorProto(name=name)
            for number, (field, shape) in enumerate(shapes(kind).items(), start=1):
                message.field.append(self._field(field, number, shape, file))
            file.message_type.append(message)
        return self._names[kind]

    def _field(
        self, name: str, number: int, shape: Shape, file: descriptor_pb2.FileDescriptorProto
    ) -> descriptor_pb2.FieldDescriptorProto:
        label = _FIELD.LABEL_REPEATED if shape.many else _FIELD.LABEL_OPTIONAL
        if shape.group is not None:
            message = f".{_PACKAGE}.{self._describe(shape.group, file)}"
            return _FIELD(name=name, number=number, label=label, type=_FIELD.TYPE_MESSAGE, type_name=message)
        scalar, wrapper = _SCALARS[shape.kind]
        if shape.optional and not shape.many:
            message = f".google.protobuf.{wrapper}"
            return _FIELD(name=name, number=number, label=label, type=_FIELD.TYPE_MESSAGE, type_name=message)
        return _FIELD(name=name, number=number, label=label, type=scalar)


def parameter_types(parameters: Mapping[str, Parameter]) -> dict[str, cel.Type]:
    """Give the CEL types of `params.<name>`, from the values the check gives them."""
    return {f"params.{name}": _type_of(value) for name, value in parameters.items()}


def _type_of(value: object) -> cel.Type:
    if isinstance(value, Mapping):
        return _T.Map(_T.STRING, _T.DYN)
    if isinstance(value, tuple | list):
        inner = {repr(_type_of(item)): _type_of(item) for item in value}
        return _T.List(next(iter(inner.values())) if len(inner) == 1 else _T.DYN)
    if isinstance(value, bool):
        return _T.BOOL
    # A number is left open: 30 in a policy must compare with 29.5 days, which CEL allows only untyped.
    return _T.STRING if isinstance(value, str) else _T.DYN
