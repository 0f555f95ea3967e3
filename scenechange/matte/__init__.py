"""From a rough mask to opacity and clean colours at full resolution.

`trimap` says where the opacity is unknown; `large_kernel` (the default), `guided` and `closed_form` solve it there;
`foreground` takes the old background out of the colours; `cropping` puts the cut-out together.
"""
