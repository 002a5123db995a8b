"""Forms that notice when the record changed while they were open, whoever changed it.

A form carries, signed, the values it was opened with. On saving there are three of each: as opened, as typed, as the
record stands now. What the person left alone follows the record; what both changed differently becomes a message at
that field, what was typed stays in it, and saving again is the answer "mine".

Bind, validate and save such a form inside one `transaction.atomic()` with the instance fetched by
`select_for_update()`, so that nothing slips in between.
"""

from typing import Any, cast

from django import forms
from django.core import signing
from django.forms.utils import ErrorDict
from django.http import QueryDict

SALT = "qbo.forms.opened"


def pack(values: dict[str, Any]) -> str:
    """Values (JSON-serialisable) as opened, signed, for a hidden field."""
    return signing.dumps(values, salt=SALT, compress=True)


def unpack(text: str) -> dict[str, Any] | None:
    """The values of `pack`; None when there are none or somebody tampered with them."""
    try:
        values: dict[str, Any] = signing.loads(text, salt=SALT)
    except signing.BadSignature:
        return None
    return values


def tell_what_is_too_long(field: forms.Field) -> None:
    """Let the browser send all that was pasted, so that the field says it is too long instead of cutting it unseen."""
    field.widget.attrs.pop("maxlength", None)


class OpenedOn(forms.ModelForm):
    """A ModelForm that compares what it was opened on with what the record is now. `self.instance` must be fresh."""

    opened = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            tell_what_is_too_long(field)
        self.now = self._values_now()
        self.fields["opened"].initial = pack(self.now) if self.instance.pk else ""

    @property
    def watched(self) -> list[str]:
        """The fields that are compared."""
        return [name for name in self.fields if name != "opened"]

    def _values_now(self) -> dict[str, Any]:
        """What each field would show for the record as it stands."""
        if not self.instance.pk:
            return {}
        return {
            name: self._shown(name, self.get_initial_for_field(self.fields[name], name))
            for name in self.watched
        }

    def _shown(self, name: str, value: Any) -> Any:
        prepared = self.fields[name].prepare_value(value)
        return prepared if isinstance(prepared, bool) or prepared is None else str(prepared)

    def _clean_form(self) -> None:
        """Compare before `clean()`, so that it sees the values that will be saved."""
        opened = unpack(self.cleaned_data.get("opened") or "")
        if self.instance.pk and opened is not None and opened != self.now:
            for name in self.watched:
                if name in self.cleaned_data:
                    self._compare(name, opened.get(name), self.now[name])
        super()._clean_form()  # type: ignore[misc]

    def _compare(self, name: str, was: Any, now: Any) -> None:
        field = self.fields[name]
        typed = self._shown(name, self.cleaned_data[name])
        same = self._same(field)
        if same(was, now) or same(typed, now):
            return
        if same(typed, was):
            self.cleaned_data[name] = field.clean(now)  # left alone here: follows the record
        else:
            self.add_error(name, self.changed_message(name))
            self._reopen()

    def _same(self, field: forms.Field) -> Any:
        def same(one: Any, other: Any) -> bool:
            try:
                return bool(field.to_python(one) == field.to_python(other))
            except forms.ValidationError:
                return bool(one == other)

        return same

    def changed_message(self, name: str) -> str:
        shown = self.display_value(name)
        return f"This became “{shown}” while you were editing. Yours is kept here: save again to use it."

    def display_value(self, name: str) -> str:
        """How the record's present value reads."""
        value = self.get_initial_for_field(self.fields[name], name)
        choices = dict(getattr(self.fields[name], "choices", ()) or ())
        return str(choices.get(value, "empty" if value in (None, "") else value))

    def _reopen(self) -> None:
        """From here on the form counts as opened on the record as it is now."""
        if self.data.get(self.add_prefix("opened")) != self.fields["opened"].initial:
            reopened = cast(QueryDict, self.data).copy()
            reopened[self.add_prefix("opened")] = str(self.fields["opened"].initial)
            self.data = reopened

    @property
    def changed_meanwhile(self) -> bool:
        """Whether the form came back because the record changed under it."""
        errors: ErrorDict = self.errors
        return any("while you were editing" in str(error) for error in errors.values())
