/** What a deployment log must say for this, oldest first. */
interface Deployed {
  kind: 'deploy' | 'rollback';
  from: string | null;
  to: string;
}

/** The deployment or rollback by which a version last took the traffic from another one. */
export const lastTakeover = <D extends Deployed>(deployments: readonly D[], version: string) =>
  deployments.findLast(({ from, to }) => to === version && from !== version);

/**
 * The version that a rollback of the active one goes back to: the one it was deployed over. A rollback undoes deployments, so
 * after v2 → v3 → back to v2 it is what v2 was deployed over, never v3. Null where the log does not tell.
 */
export function previousVersion(deployments: readonly Deployed[], active: string): string | null {
  let live: string[] = [];
  for (const { kind, from, to } of deployments) {
    if (kind === 'rollback') {
      const back = live.lastIndexOf(to);
      live = back < 0 ? [to] : live.slice(0, back + 1);
    } else {
      // The log may begin, or have a gap, before this deployment.
      for (const version of [from, to]) if (version !== null && version !== live.at(-1)) live.push(version);
    }
  }
  const place = live.lastIndexOf(active);
  return live[place - 1] ?? null;
}
