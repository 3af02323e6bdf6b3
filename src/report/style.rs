#[derive(Debug, Clone, Copy)]
pub struct Style(pub bool);
impl Style {
    pub fn new(colour: bool) -> Self {
        Self(colour)
    }
}
