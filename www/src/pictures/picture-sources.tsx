import { Stack } from "@mantine/core";
import { ComfyUICard } from "../doctor/comfyui-card";
import { PicturesOfCloudsCard } from "./pictures-of-clouds-card";

/** Where pictures can come from, and what is missing there. */
export function PictureSources() {
  return (
    <Stack gap="sm" w="100%">
      <ComfyUICard level={3} />
      <PicturesOfCloudsCard level={3} />
    </Stack>
  );
}
