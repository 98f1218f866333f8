// The version of this package, from its package.json.
import { existsSync, readFileSync } from 'node:fs';

export function version(): string {
  const beside = new URL('../package.json', import.meta.url); // in the source tree
  const above = new URL('../../package.json', import.meta.url); // from dist/cli
  return (JSON.parse(readFileSync(existsSync(beside) ? beside : above, 'utf8')) as { version: string }).version;
}
