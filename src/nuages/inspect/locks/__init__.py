"""Lock files of every package manager become lines of a requirements file."""
