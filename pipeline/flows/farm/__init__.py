"""What many machines need of Prefect: runs that died are taken up again, a few times each, and somebody is told."""
