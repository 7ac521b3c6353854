import { Toaster } from "sonner";
import { useTheme } from "./theme";

/** Where short notices appear; loaded after the page is there. */
export default function Toasts() {
  const [theme] = useTheme();
  return <Toaster theme={theme} position="bottom-right" closeButton />;
}
