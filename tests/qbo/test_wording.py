"""No field speaks in Django's own words."""

import pytest
from django import forms
from django.core.validators import MaxValueValidator


class Form(forms.Form):
    text = forms.CharField(max_length=3)
    choice = forms.ChoiceField(choices=[("a", "A")])
    number = forms.IntegerField(validators=[MaxValueValidator(5)])
    day = forms.DateField()
    email = forms.EmailField()


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("text", "", "Fill this in."),
        ("text", "abcd", "Too long: at most 3 characters fit, and it has 4."),
        ("text", "a\x00", "This has a character in it that cannot be sent."),
        ("choice", "b", "This is not on the list. Choose one that is."),
        ("number", "many", "Write a whole number."),
        ("number", "6", "This is too much: at most 5."),
        ("day", "tomorrow", "This is not a date. Write it like 2026-11-23."),
        ("email", "nobody", "This is not an e-mail address. It looks like ap@example.com."),
    ],
)
def test_what_is_said_at_a_field(name: str, typed: str, said: str) -> None:
    assert Form({name: typed}).errors[name] == [said]
