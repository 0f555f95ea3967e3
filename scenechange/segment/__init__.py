"""Which pixels are the person.

`salient` holds the way of the networks that mark what stands out (`isnet`, `u2net`): one look at the whole photo, a
closer one where that pays, and the choice of one person. `instances` says who is who. `sam` asks Segment Anything,
`alpha` takes the transparency that the file already has.
"""
