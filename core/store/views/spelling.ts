// How the views spell out what the tables hold as ids and numbers: SQL expressions.
import { ERRNO_NAMES } from '../../kernel/errno.ts';

/** Address and port of a row of `endpoints` as in the report: `127.0.0.1:80`, `[::1]:80`, the path of a UNIX socket; null without a row. */
export const endpointText = (alias: string): string =>
  `CASE WHEN ${alias}.family = 1 THEN ${alias}.address WHEN instr(${alias}.address, ':') > 0 THEN '[' || ${alias}.address || ']:' || ${alias}.port ELSE ${alias}.address || ':' || ${alias}.port END`;

/** An address family as in the report. */
export const familyName = (column: string): string =>
  `CASE ${column} WHEN 1 THEN 'unix' WHEN 2 THEN 'inet' WHEN 10 THEN 'inet6' END`;

/** Name of a negative system call result, `errno N` for one without a name; null for any other result. */
export const errnoText = (column: string): string => {
  const names = Object.entries(ERRNO_NAMES).map(([number, name]) => `WHEN -${number} THEN '${name}'`);
  return `CASE WHEN ${column} < 0 THEN CASE ${column} ${names.join(' ')} ELSE 'errno ' || -${column} END END`;
};

/** Nanoseconds from one column to a later one, not below 0: clocks of two processors may differ. */
export const span = (from: string, to: string): string => `max(0, ${to} - ${from})`;

/** Nanoseconds as milliseconds. */
export const ms = (ns: string): string => `${ns} / 1e6`;
