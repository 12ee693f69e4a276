"""The error about rules for Prometheus, and its sentences. Pure."""

from ..language import gettext_noop as _
from ..messages import CodedError

MESSAGES = {
    # Labels of alerts
    "not_name_and_value": _(
        "%(text)r is not a label. Use NAME=VALUE, for example team=platform."
    ),
    "alert_label_given_twice": _("Label %(name)r is given twice. Remove one of them."),
    "label_given_for_all_and_some": _(
        "Label %(name)r is given for every alert, and again for one severity. Give it "
        "for pages and for tickets instead."
    ),
    "invalid_label_name": _(
        "%(name)r is not a valid label name. Use ASCII letters, digits and "
        "underscores, and begin with a letter or an underscore."
    ),
    "label_name_taken": _(
        "The label name %(name)r is taken. Use a name other than %(taken)s that does "
        "not start with __."
    ),
    "label_value_empty": _(
        "Label %(name)r has no value, which Prometheus treats as having no label. Give "
        "one."
    ),
    "label_value_not_utf_8": _("The value of label %(name)r is not valid UTF-8 text."),
    "label_value_template": _(
        "The value of label %(name)r contains {{, which begins a template. Use a value "
        "that is the same for every alert."
    ),
    # Availability
    "invalid_expression": _(
        "%(text)r is not a valid expression. Use one that is 1 or 0 for each "
        "component, for example max by (component) (probe_success)."
    ),
    "unbalanced_expression": _(
        "%(text)r is not a valid expression: a bracket or a quote is left open."
    ),
    "expression_too_long": _(
        "The expression of %(name)s would be longer than the %(most)s bytes that "
        "VictoriaMetrics accepts. Record availability by a rule of your own, and give "
        "the name of that."
    ),
    # Names and labels of 2019
    "name_not_text": _("The name %(name)r is not valid text. Rename the component."),
    "clashing_legacy_names": _(
        "Components %(other)r and %(name)r would both be named "
        "%(prefix)s_service_window_*. Rename or disable one of them."
    ),
    "unusable_labels": _("Component %(name)r: %(reason)s"),
}


class InvalidRules(CodedError):
    """Rules can't be written from these labels, this expression or these components."""

    table = MESSAGES
