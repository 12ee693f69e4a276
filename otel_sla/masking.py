"""The documented import path of mask_token, for hosts that trace requests."""

from .telemetry.token_masking import mask_token

__all__ = ["mask_token"]
