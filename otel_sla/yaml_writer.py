"""Write values as YAML, for the catalogue, Prometheus and Alertmanager. Pure."""

from typing import Any

import yaml


class OneLine(dict[str, Any]):
    """A mapping that is written on one line."""


class OneLineList(list[Any]):
    """A list that is written on one line."""


class Quoted(str):
    """A string that keeps its quotes: YAML 1.1 reads 17:00 as a number."""


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        """Write a value twice where it is twice, rather than a reference to it."""
        return True


def to_yaml(value: object, **style: Any) -> str:
    """Return the value as YAML, without a newline at the end.

    Keys keep their order, and long lines are not wrapped. `style` is passed to
    yaml.dump, such as default_flow_style=True for a single line.
    """
    text: str = yaml.dump(
        value,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=10_000_000,
        **style,
    )
    return text.removesuffix("\n")


def _represent_one_line(dumper: yaml.SafeDumper, mapping: OneLine) -> yaml.MappingNode:
    return dumper.represent_mapping(
        "tag:yaml.org,2002:map", mapping.items(), flow_style=True
    )


def _represent_list(dumper: yaml.SafeDumper, items: OneLineList) -> yaml.SequenceNode:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=True)


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Escape unprintable characters: YAML reads NEL in single quotes as a space."""
    quoted = isinstance(text, Quoted) or not text.isprintable()
    return dumper.represent_scalar(
        "tag:yaml.org,2002:str", str(text), style='"' if quoted else None
    )


_Dumper.add_representer(OneLine, _represent_one_line)
_Dumper.add_representer(OneLineList, _represent_list)
_Dumper.add_representer(Quoted, _represent_text)
_Dumper.add_representer(str, _represent_text)
