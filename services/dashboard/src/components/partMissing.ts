/** A part of the app could not be fetched: the rest goes on without it. */
export class PartMissingError extends Error {
  override readonly name = "PartMissingError";

  constructor(cause: unknown) {
    super("It could not be fetched from the server, and is asked for again when the server is back. The rest of the page goes on.", {
      cause,
    });
  }
}
