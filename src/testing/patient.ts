/** For many calls at once: that they take long on a machine with other work is not what is tested. */
export function patient(): { readonly deadline: number } {
  return { deadline: performance.now() + 50_000 };
}
