"""What several deliverables need of a disc: CD-Text, the Red Book's limits, CUE sheets."""
