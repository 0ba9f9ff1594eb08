event-registers-entry_taken-v1 = An entry of a register's offline journal was taken: done, done with a difference, or refused and kept.
event-registers-alert_raised-v1 = A register's journal has a gap or a fork, its storage was lost, or its clock cannot be right.
event-registers-act_approved-v1 = A manager let one act of one amount be done at a register: a return, a sale given up, or money back.
