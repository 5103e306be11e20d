/** What the cache must forget when a deployment changes. @param models it belongs, or belonged, to */
export function deploymentChanged(id: string, ...models: string[]): string[] {
  return [
    'deployments',
    `deployments/${id}`,
    ...models.map((model) => `models/${model}/deployments`),
  ];
}
