/* The beginning of an attempt. */
#ifndef APP_LEASE_H
#define APP_LEASE_H

/* For a worker: leases the slot. Sets a->found. */
void attempt_lease(void *attempt);

#endif
