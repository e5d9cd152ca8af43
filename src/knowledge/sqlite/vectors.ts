import type { DatabaseSync } from 'node:sqlite';
import { transaction } from '../../database/sqlite/transaction.ts';
import type { Vectors } from '../embedding/embedding.ts';
import { EMBEDDED_AT_ONCE, embed, type Unembedded } from '../search/passages.ts';
import { kindOf } from './passages.ts';
import { hasVectors } from './schema.ts';

/** A process that claimed a batch and died leaves it to others after this. */
const CLAIM_MS = 60_000;

interface Claimed extends Unembedded {
  doc_type: string;
}

/** The vectors of an index in one SQLite file. */
export function createVectors(db: DatabaseSync, now: () => number): Vectors {
  const missing = db.prepare('select count(*) as count from passages where embedded = 0');
  const model = db.prepare("select value from settings where name = 'embedder'");
  const claim = db.prepare(`
    update passages set claimed_until = :until where id in (
      select id from passages where embedded = 0 and claimed_until < :now order by id limit ${EMBEDDED_AT_ONCE}
    ) returning id
  `);
  const read = db.prepare(`
    select p.id, p.text, s.heading, d.title, d.doc_type from json_each(?) i join passages p on p.id = i.value
      join sections s on s.id = p.section join documents d on d.file = s.file
  `);
  const modelOf = () => (model.get() as { value: string } | undefined)?.value ?? null;

  return {
    missing: () => (missing.get() as { count: number }).count,
    model: modelOf,

    adopt(embedder) {
      transaction(db, () => {
        if (modelOf() === embedder.name) return;
        if (hasVectors(db)) db.exec('drop table vectors');
        db.exec(`
          create virtual table vectors using vec0(
            embedding float[${embedder.dimensions}] distance_metric=cosine, kind text partition key
          );
          delete from passage_words;
          update passages set embedded = 0, claimed_until = 0;
        `);
        db.prepare("insert or replace into settings values ('embedder', ?)").run(embedder.name);
      });
    },

    async embedNext(embedder) {
      const ids = transaction(db, () => {
        if (modelOf() !== embedder.name) return [];
        return claim.all({ now: now(), until: now() + CLAIM_MS }) as { id: number }[];
      });
      const batch = read.all(JSON.stringify(ids.map(({ id }) => id))) as unknown as Claimed[];
      if (batch.length === 0) return 0;
      const embedded = await embed(embedder, batch);
      if (!db.isOpen) return 0;
      transaction(db, () => {
        if (modelOf() !== embedder.name) return;
        const mark = db.prepare('update passages set embedded = 1 where id = ? and embedded = 0');
        const vector = db.prepare('insert into vectors (rowid, embedding, kind) values (?, ?, ?)');
        const words = db.prepare('insert into passage_words values (?, ?)');
        batch.forEach(({ id, doc_type }, i) => {
          // Gone: its document changed meanwhile.
          if (mark.run(id).changes === 0) return;
          vector.run(BigInt(id), bytesOf(embedded[i]!.vector), kindOf(doc_type));
          words.run(id, bytesOf(embedded[i]!.words));
        });
      });
      return batch.length;
    },
  };
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array | Int8Array) =>
  new Uint8Array(buffer, byteOffset, byteLength);
