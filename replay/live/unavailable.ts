// A live replay that cannot be on this machine: one line that says what is missing, and what would help.

export class LiveUnavailable extends Error {}
