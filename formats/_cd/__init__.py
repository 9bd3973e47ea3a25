"""What is told of a disc in more than one deliverable: CD-Text, the Red Book's limits, CUE sheets."""
