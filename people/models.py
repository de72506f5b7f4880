"""Who there is: people with their roles, their families of tokens, their budgets."""

import uuid
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower


class People(BaseUserManager["User"]):
    def create_user(self, *, email: str, password: str, **fields: object) -> "User":
        """A new person; the e-mail is kept in lower case."""
        person = self.model(email=email.lower(), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    """A person. One may buy and sell; operators see everything and trade nothing.

    With a second factor the password alone lets in no further. Raising `token_version` ends every access
    token at its next use. Without a `language` none was chosen yet, and the browser's wish decides.
    """

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200)
    company = models.CharField(max_length=200, blank=True)
    is_buyer = models.BooleanField(default=False)
    is_seller = models.BooleanField(default=False)
    is_operator = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    second_factor_since = models.DateTimeField(null=True)
    token_version = models.PositiveIntegerField(default=0)
    language = models.CharField(
        max_length=2, choices=[("en", "English"), ("sv", "Svenska")], blank=True, default=""
    )
    joined_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = People()

    class Meta:
        constraints = [
            models.CheckConstraint(name="email_in_lower_case", condition=Q(email=Lower("email"))),
            models.CheckConstraint(
                name="operators_do_not_trade",
                condition=Q(is_operator=False) | Q(is_buyer=False, is_seller=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def set_password(self, raw_password: str | None) -> None:
        """Whatever was signed in by the old password is so no more, once both columns are saved."""
        super().set_password(raw_password)
        self.token_version += 1

    @property
    def has_second_factor(self) -> bool:
        return self.second_factor_since is not None

    @property
    def shown_company(self) -> str:
        """What a counterpart may know: the company, else the name; never the e-mail."""
        return self.company or self.name

    def has_perm(self, permission: str, thing: object = None) -> bool:
        return False


class RefreshFamily(models.Model):
    """One sign-in through the API. Only its newest refresh token works; an older one ends it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.ForeignKey(User, models.PROTECT, related_name="refresh_families")
    current_token_id = models.UUIDField()
    token_version = models.PositiveIntegerField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"family {self.pk} of {self.user_id}"


class Authenticator(models.Model):
    """An app that shows codes. `last_step` is the half minute of the newest code that was used."""

    user = models.OneToOneField(User, models.PROTECT, related_name="+")
    secret = models.CharField(max_length=64)
    last_step = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"authenticator of {self.user_id}"


class RecoveryCode(models.Model):
    """A code for whoever lost the app, as its digest. It lets in once."""

    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="recovery_code_of_a_person", fields=["user", "digest"]),
        ]

    def __str__(self) -> str:
        return f"recovery code of {self.user_id}"


class Budget(models.Model):
    """How often something was done in the running window, for one account, address or person."""

    key = models.CharField(max_length=80, primary_key=True)
    spent = models.PositiveIntegerField(default=0)
    window_ends_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.key}: {self.spent}"
