"""What the machine gives: threads, memory, disks, and the word that passes between a job and who watches it."""
