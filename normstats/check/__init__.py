"""Constants checked: measured again, against exact values, committed tables and pinned numbers."""
