"""Why a TLS handshake failed: which certificate is not liked, by whom, and what to do."""

import ssl

from testmesh_engine.actions.http_request import HttpRequestConfig
from testmesh_sdk import ActionError

_EXPIRED, _NOT_YET, _SELF_SIGNED, _UNKNOWN, _OTHER_NAME, _OTHER_ADDRESS = 10, 9, (18, 19), (20, 21), 62, 64
"""Numbers of OpenSSL: X509_V_ERR_…"""
_WANTS_ONE = ("CERTIFICATE_REQUIRED", "NO_CERTIFICATE")
_DISLIKES_OURS = ("UNKNOWN_CA", "BAD_CERTIFICATE", "CERTIFICATE_EXPIRED", "CERTIFICATE_UNKNOWN",
                  "CERTIFICATE_REVOKED", "UNSUPPORTED_CERTIFICATE", "ACCESS_DENIED")  # fmt: skip
_NO_COMMON = ("HANDSHAKE_FAILURE", "PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "INSUFFICIENT_SECURITY",
              "NO_PROTOCOLS_AVAILABLE", "NO_SHARED_CIPHER", "DH_KEY_TOO_SMALL", "EE_KEY_TOO_SMALL")  # fmt: skip


def handshake_fault(error: BaseException, what: str, config: HttpRequestConfig) -> ActionError:
    """Return the error of a handshake that failed."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return ActionError("TM432", f"{what}: TLS failed: {_distrust(error)}")
    reason = (getattr(error, "reason", None) or "").upper()
    if reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG"):
        message = "what answers is no TLS: does it speak plain http? then the address begins with http://"
        return ActionError("TM432", f"{what}: {message}")
    refused = refused_certificate(error, what, config)
    if refused is not None:
        return refused
    said = reason.replace("_", " ").lower() or "the handshake broke off"
    if any(part in reason for part in _NO_COMMON):
        ask = "" if config.client_cert else "; if the server wants to know who connects, set client_cert"
        message = f"server and client have no version or cipher of TLS in common, or the server refuses{ask}"
        return ActionError("TM432", f"{what}: TLS failed: {said}: {message}")
    return ActionError("TM432", f"{what}: TLS failed: {said}; look at what the server says in its log")


def refused_certificate(error: BaseException, what: str, config: HttpRequestConfig) -> ActionError | None:
    """Return the error of a server that wants a certificate, or does not like the one that it was shown."""
    told = f"{getattr(error, 'reason', None) or ''} {error}".upper().replace(" ", "_")
    if any(part in told for part in _WANTS_ONE):
        message = "the server wants a certificate of who connects, and was shown none; set client_cert"
        return ActionError("TM466", f"{what}: {message}")
    disliked = next((part for part in _DISLIKES_OURS if part in told), None)
    if "ALERT" not in told or disliked is None:
        return None
    words = disliked.replace("_", " ").lower()
    shown = "the certificate of client_cert" if config.client_cert else "who connects without a certificate"
    message = f"the server does not accept {shown} ({words}); look at its issuer, its dates and what the server trusts"
    return ActionError("TM466", f"{what}: {message}")


def _distrust(error: ssl.SSLCertVerificationError) -> str:
    said, code = error.verify_message or "the certificate is not trusted", error.verify_code
    if code == _EXPIRED:
        return f"{said}: renew the certificate of the server; to test it all the same, set verify_tls: false"
    if code == _NOT_YET:
        return f"{said}: look at the clocks of both machines, and at the date of the certificate"
    if code in _SELF_SIGNED:
        return f"{said}: if the server is yours, name its certificate as ca_cert, or set verify_tls: false"
    if code in _UNKNOWN:
        return f"{said}: this machine does not know who issued it; name the issuer's certificate as ca_cert"
    if code in (_OTHER_NAME, _OTHER_ADDRESS):
        return f"{said}: ask the server by a name that is in its certificate, or set verify_tls: false"
    return f"{said}; set verify_tls: false to test the server all the same"
