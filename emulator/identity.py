"""OpenID Connect: who the user is, the signed id_token and the key that proves it (facts 1.8)."""

import base64
import uuid
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from emulator.clock import Clock
from emulator.store import Store
from emulator.tokens import Grant
from emulator.wire import dumps

KEY_ID = "emulator-key-1"
SETTING = "id_token_key"
LIFETIME_SECONDS = 3600
USER: dict[str, Any] = {
    "sub": str(uuid.uuid5(uuid.NAMESPACE_URL, "emulator-user")),
    "email": "casey@example.com",
    "emailVerified": True,
    "givenName": "Casey",
    "familyName": "Bookkeeper",
    "phoneNumber": "+1 6305555555",
    "phoneNumberVerified": False,
    "address": {
        "streetAddress": "2632 Marine Way",
        "locality": "Mountain View",
        "region": "CA",
        "postalCode": "94043",
        "country": "US",
    },
}
CLAIMS = {
    "email": ("email", "emailVerified"),
    "profile": ("givenName", "familyName"),
    "phone": ("phoneNumber", "phoneNumberVerified"),
    "address": ("address",),
}


def user_info(scopes: frozenset[str]) -> dict[str, Any]:
    """The userinfo body, in camelCase (facts 1.8), with what the scopes allow."""
    allowed = {"sub"} | {claim for scope in scopes for claim in CLAIMS.get(scope, ())}
    return {claim: value for claim, value in USER.items() if claim in allowed}


def id_token(store: Store, grant: Grant, issuer: str, clock: Clock) -> str:
    """RS256; `aud` is an array and `realmid` all lower case, as Intuit has them."""
    now = int(clock.seconds(grant.realm_id))
    payload = {
        "sub": USER["sub"],
        "aud": [grant.client_id],
        "realmid": grant.realm_id,
        "auth_time": int(grant.consented),
        "iss": issuer,
        "exp": now + LIFETIME_SECONDS,
        "iat": now,
    }
    signed = f"{_encoded(dumps({'kid': KEY_ID, 'alg': 'RS256'}))}.{_encoded(dumps(payload))}"
    signature = _key(store).sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{_encoded(signature)}"


def key_set(store: Store) -> dict[str, Any]:
    """The JWKS document."""
    numbers = _key(store).public_key().public_numbers()
    exponent, modulus = (
        number.to_bytes((number.bit_length() + 7) // 8, "big") for number in (numbers.e, numbers.n)
    )
    key = {
        "kty": "RSA",
        "e": _encoded(exponent),
        "use": "sig",
        "kid": KEY_ID,
        "alg": "RS256",
        "n": _encoded(modulus),
    }
    return {"keys": [key]}


def _encoded(value: str | bytes) -> str:
    data = value.encode() if isinstance(value, str) else value
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _key(store: Store) -> rsa.RSAPrivateKey:
    """The emulator's own key, made when first needed and kept in its file."""
    stored = store.setting(SETTING)
    if stored is None:
        with store.database.writing():  # whoever comes second waits, and then finds the key of the first
            stored = store.setting(SETTING) or _make_key(store)
    key = serialization.load_pem_private_key(stored.encode(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("the stored id_token key is not RSA")
    return key


def _make_key(store: Store) -> str:
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    store.set_setting(SETTING, pem)
    return pem
