// gzip, zstd and xz around a capture: unpacked to a temporary file with bounded memory, wrapper within wrapper.
import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { MAX_WINDOW, zstdHead } from '../format/decompress.ts';
import { CaptureError } from '../format/format.ts';
import { type FileSource, openFileSource } from './file-source.ts';

type Wrapper = 'gzip' | 'zstd' | 'xz';

const MAX_DEPTH = 3;
/** A trace that shrinks by more than this was made to fill the disk. */
const MAX_RATIO = 2000;
const SLACK = 64 << 20;

function wrapperOf(head: Uint8Array): Wrapper | null {
  if (head[0] === 0x1f && head[1] === 0x8b && head[2] === 8) return 'gzip';
  if (head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd) return 'zstd';
  const xz = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00];
  return xz.every((byte, k) => head[k] === byte) ? 'xz' : null;
}

/** A stream of the bytes inside. Libraries are loaded only where their wrapper is met. */
async function unpacked(wrapper: Wrapper, path: string): Promise<Readable> {
  const file = createReadStream(path);
  if (wrapper === 'gzip') return file.pipe(createGunzip()).on('error', () => file.destroy());
  if (wrapper === 'zstd') {
    const { Decompress } = await import('fzstd');
    let out: Transform;
    const decoder = new Decompress((bytes) => out.push(Buffer.from(bytes)));
    out = new Transform({
      transform(chunk: Uint8Array, _encoding, done) {
        try {
          decoder.push(new Uint8Array(chunk));
          done();
        } catch (error) {
          done(error as Error);
        }
      },
      flush(done) {
        try {
          decoder.push(new Uint8Array(0), true);
          done();
        } catch (error) {
          done(error as Error);
        }
      },
    });
    return file.pipe(out);
  }
  const { default: xz } = await import('xz-decompress');
  const inside = new xz.XzReadableStream(Readable.toWeb(file) as ReadableStream<Uint8Array>);
  return Readable.fromWeb(inside as Parameters<typeof Readable.fromWeb>[0]);
}

/** Counts bytes and stops a bomb. */
function bounded(packed: number): Transform & { bytes: number } {
  const limit = packed * MAX_RATIO + SLACK;
  const stream = Object.assign(
    new Transform({
      transform(chunk: Uint8Array, _encoding, done) {
        stream.bytes += chunk.length;
        if (stream.bytes > limit) done(new RangeError(`it unpacks to more than ${MAX_RATIO} times its size`));
        else done(null, chunk);
      },
    }),
    { bytes: 0 },
  );
  return stream;
}

/** The source itself when nothing is wrapped around it. Cut-off wrappers give what could be unpacked. Throws CaptureError when that is nothing. */
export async function unwrap(source: FileSource, depth = 0): Promise<FileSource> {
  const head = source.read(0, 32);
  const wrapper = wrapperOf(head);
  if (wrapper === null) return source;
  const fail = (why: string): CaptureError =>
    new CaptureError(
      source.name,
      0,
      `the ${wrapper} wrapper cannot be unpacked: ${why}`,
      'unpack it yourself, or copy the file again',
    );
  const directory = mkdtempSync(join(tmpdir(), 'acceptq-'));
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  try {
    if (depth === MAX_DEPTH) throw fail(`there are more than ${MAX_DEPTH} wrappers around each other`);
    if (wrapper === 'zstd' && zstdHead(head).window > MAX_WINDOW) throw fail('it asks for too much memory');
    const path = join(directory, 'capture');
    const counter = bounded(source.size);
    let problem: string | null = null;
    try {
      await pipeline(await unpacked(wrapper, source.path), counter, createWriteStream(path));
    } catch (error) {
      problem = (error as Error).message;
      if (error instanceof RangeError) throw fail(problem);
    }
    if (counter.bytes === 0) throw fail(problem ?? 'it is empty');
    const inside = await unwrap(openFileSource(path, source.name), depth + 1);
    source.close();
    return {
      ...inside,
      wrapperProblem:
        problem === null
          ? (inside.wrapperProblem ?? null)
          : `the ${wrapper} wrapper is damaged or cut off (${problem})`,
      close() {
        inside.close();
        remove();
      },
    };
  } catch (error) {
    source.close();
    remove();
    throw error;
  }
}
