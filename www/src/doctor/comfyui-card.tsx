import { Palette } from "lucide-react";
import { useSession } from "../app/session-context";
import { canPaint } from "../models/model-facts";
import { LocalServerCard } from "./local-server-card";

/** ComfyUI at a glance. */
export function ComfyUICard({ level }: { level?: 2 | 3 }) {
  const { mesh } = useSession();
  return (
    <LocalServerCard
      provider="comfyui"
      name="ComfyUI"
      icon={<Palette size={18} aria-hidden />}
      does="It makes pictures on your own machine."
      offer="It makes pictures on your own machine, for free, with a graphics card."
      able="make pictures"
      counts={canPaint}
      onLook={() => mesh.lookForPictures()}
      level={level}
    />
  );
}
