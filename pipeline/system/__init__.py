"""What the machine provides: threads, memory, disks, and the messages between a job and its watcher."""
