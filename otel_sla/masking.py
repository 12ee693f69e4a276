"""The import path that the documents promise to hosts that trace requests."""

from .telemetry.token_masking import mask_token

__all__ = ["mask_token"]
