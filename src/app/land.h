/* Commands that change branches. Each returns the exit status. */
#ifndef APP_LAND_H
#define APP_LAND_H

struct run;

/* Brings the base branch to the integration branch; merges base into that first if it has moved. */
int land(struct run *r);
/* Takes the merged changes of the named tasks back out of the integration branch. */
int undo(struct run *r);
/* Records the named tasks as done as they are. */
int mark_done(struct run *r);
/* Gives up the unmerged work of the named tasks. */
int discard(struct run *r);
/* --approve TASK…, --choose TASK=VARIANT: the exit status */
int approve(struct run *r);
int choose(struct run *r);
/* Removes work trees and branches whose content is merged. */
int clean(struct run *r);

#endif
