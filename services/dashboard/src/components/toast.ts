import type { ExternalToast } from "sonner";
import { Deferred } from "./deferred";

/** Their library is no part of any page: it comes after the page is there (shell/Toasts.tsx). */
const library = new Deferred(() => import("sonner"));

function said(text: string, options?: ExternalToast): void {
  library.whenThere(({ toast: say }) => say(text, options));
}

/** Short notices; one whose library is still on its way is shown when that has come. */
export const toast = Object.assign(said, {
  success(text: string, options?: ExternalToast): void {
    library.whenThere(({ toast: say }) => say.success(text, options));
  },
  error(text: string, options?: ExternalToast): void {
    library.whenThere(({ toast: say }) => say.error(text, options));
  },
});
